# Read by Python before moto's server starts (PYTHONPATH). While a message waits for others of its group, moto's long polls look for it without
# pausing: they take the whole processor, and what the message waits for takes minutes.
import time

from moto.sqs.models import Queue

wait_for_new = Queue.wait_for_messages


def wait_for_messages(queue, timeout):
    if queue.messages:
        time.sleep(0.02)
    else:
        wait_for_new(queue, timeout)


Queue.wait_for_messages = wait_for_messages

# Read by Python before moto's server starts (PYTHONPATH). What moto 5.2 does to a FIFO queue that several threads ask makes messages wait for
# twenty seconds, or for ever; SQS does not. An object written by several threads at once is closed under one of them (500); S3 takes them all.
import threading
import time

from moto.s3.responses import S3Response
from moto.sqs.models import Queue, SQSBackend

look_seconds = 0.2
receive_message = SQSBackend.receive_message
wait_for_messages = Queue.wait_for_messages
delete_message = Queue.delete_message
put_object = S3Response.put_object
putting = threading.Lock()


def receive_in_looks(backend, queue_name, count, wait_seconds_timeout, *more, **named):
    """A long poll knows but at its start which groups must wait: here it is many short ones."""
    until = time.monotonic() + (wait_seconds_timeout or 0)
    while True:
        left = max(0, until - time.monotonic())
        found = receive_message(backend, queue_name, count, min(left, look_seconds), *more, **named)
        if found or left == 0:
            return found


def wait_without_haste(queue, timeout):
    """While a message waits for its group, a long poll looks for it without a pause, and takes the whole processor."""
    if queue.messages:
        time.sleep(0.02)
    else:
        wait_for_messages(queue, min(timeout, look_seconds))


def delete_alone(queue, receipt_handle):
    """What is sent while another message is deleted is lost."""
    with queue._messages_lock:
        delete_message(queue, receipt_handle)


def put_object_alone(response):
    with putting:
        return put_object(response)


SQSBackend.receive_message = receive_in_looks
Queue.wait_for_messages = wait_without_haste
Queue.delete_message = delete_alone
S3Response.put_object = put_object_alone

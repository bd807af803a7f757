import * as fc from "fast-check";
import { Agenda, type Dated, nowhere } from "./agenda.ts";

test("an agenda's first is the earliest of those that did not leave, of two at one time the one with the lower id", () => {
  void fc.assert(
    fc.property(fc.array(fc.record({ visibleAt: fc.nat(20), leaves: fc.option(fc.nat(100)) }), { maxLength: 100 }), (steps) => {
      const agenda = new Agenda<Dated>();
      let expected: Dated[] = [];
      steps.forEach(({ visibleAt, leaves }, id) => {
        const member = { id, visibleAt, slot: nowhere };
        agenda.push(member);
        expected = [...expected, member].sort((a, b) => a.visibleAt - b.visibleAt || a.id - b.id);
        const leaving = leaves === null ? undefined : expected[leaves % expected.length];
        if (leaving) {
          agenda.leave(leaving);
          agenda.leave(leaving);
          expected = expected.filter((one) => one !== leaving);
        }
        expect(agenda.first).toBe(expected[0]);
      });
    }),
  );
});

import { useState } from 'react';
import { Choice } from '../style/choice.tsx';
import { useFormats } from '../words/use-formats.ts';
import { CalendarBars } from './calendar-bars.tsx';
import { Figure } from './figure.tsx';
import { useOutcomeWords } from './outcome-words.ts';
import { byTime, fittingSpan, OUTCOMES, SPANS, type Span, type TalliedJob } from './tally.ts';
import { usePictureWords } from './words.ts';

const TITLES = { day: 'byTime', week: 'byWeek', month: 'byMonth' } as const;
const NOTES = { day: 'zone', week: 'weeks', month: 'months' } as const;

/** Chart of the jobs created per day, week or month, by outcome. The period is chosen to fit until the user chooses. */
export function CalendarPicture({ jobs }: { readonly jobs: readonly TalliedJob[] }) {
  const say = usePictureWords();
  const sayOutcome = useOutcomeWords();
  const formats = useFormats();
  const [chosen, setChosen] = useState<Span>();
  const span = chosen ?? fittingSpan(jobs);
  const { periods, undated } = byTime(jobs, span);
  const outcomes = OUTCOMES.filter((each) => periods.some((period) => period[each] > 0));
  const name = (startMs: number) => (span === 'month' ? formats.month(startMs) : formats.fullDay(startMs));
  return (
    <Figure
      wide
      title={say(TITLES[span])}
      choice={<Choice label={say('span')} values={SPANS} chosen={span} say={say} onChoose={setChosen} />}
      picture={<CalendarBars periods={periods} outcomes={outcomes} span={span} name={name} />}
      note={
        <>
          {say(NOTES[span], { zone: formats.timeZone })}
          {undated > 0 && ` ${say('undated', { number: formats.number(undated) })}`}
        </>
      }
      columns={[
        say(span === 'week' ? 'weekOf' : span),
        ...outcomes.map((each) => sayOutcome(each)),
        say('total'),
      ]}
      rows={periods
        .filter(({ total }) => total > 0)
        .map((period) => [
          name(period.startMs),
          ...outcomes.map((each) => formats.number(period[each])),
          formats.number(period.total),
        ])}
    />
  );
}

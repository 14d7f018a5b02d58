import { Popover } from '@base-ui/react/popover';
import { type ReactNode, useEffect, useEffectEvent, useId, useRef, useState } from 'react';
import { useFormats } from '../i18n/use-formats.ts';
import { useJobTexts } from '../job/texts.ts';
import { Icon } from '../notices/icons.tsx';
import { useStatusTexts } from '../status/texts.ts';
import controls from '../style/controls.module.css';
import {
  daysBefore,
  GENDERS,
  isEmpty,
  type JobFilter,
  MAX_TEXT,
  NO_FILTER,
  rangeOf,
  SCENARIOS,
  STATUSES,
} from './filter.ts';
import styles from './filter-bar.module.css';
import { useFilterTexts } from './texts.ts';

interface FilterBarProps {
  readonly filter: JobFilter;
  readonly onChange: (filter: JobFilter) => void;
}

/**
 * Filter of the jobs: a text field, and a menu for each other field, collapsed on narrow screens. The edition is
 * selected in the header.
 */
export function FilterBar({ filter, onChange }: FilterBarProps) {
  const t = useFilterTexts();
  const tJob = useJobTexts();
  const tStatus = useStatusTexts();
  const [isShown, setShown] = useState(false);
  const menusId = useId();
  const chosen = [
    filter.status.length > 0,
    filter.scenario.length > 0,
    filter.gender.length > 0,
    filter.from !== null || filter.to !== null,
  ].filter(Boolean).length;
  const change = (part: Partial<JobFilter>) => onChange({ ...filter, ...part });
  return (
    <search className={styles.bar} aria-label={t('filters')}>
      <TextField text={filter.text} onChange={(text) => change({ text })} />
      <button
        type="button"
        className={`${controls.button} ${styles.toggle}`}
        data-chosen={chosen > 0 || undefined}
        aria-expanded={isShown}
        aria-controls={menusId}
        onClick={() => setShown(!isShown)}
      >
        {chosen > 0 ? t('filtersChosen', { count: chosen }) : t('filtersNone')}
        <Icon name="down" />
      </button>
      <div id={menusId} className={styles.menus} data-shown={isShown || undefined}>
        <ChoiceMenu
          name={t('status')}
          values={STATUSES}
          chosen={filter.status}
          t={tStatus}
          onChange={(status) => change({ status })}
        />
        <ChoiceMenu
          name={t('scenario')}
          values={SCENARIOS}
          chosen={filter.scenario}
          t={tJob}
          onChange={(scenario) => change({ scenario })}
        />
        <ChoiceMenu
          name={t('gender')}
          values={GENDERS}
          chosen={filter.gender}
          t={tJob}
          onChange={(gender) => change({ gender })}
        />
        <CreatedMenu from={filter.from} to={filter.to} onChange={change} />
        {!isEmpty(filter) && (
          <button type="button" className={controls.quiet} onClick={() => onChange(NO_FILTER)}>
            {t('clear')}
          </button>
        )}
      </div>
    </search>
  );
}

/** Delay after the last keystroke before the text is searched, in milliseconds. */
const REST_MS = 300;

function TextField({ text, onChange }: { readonly text: string; readonly onChange: (text: string) => void }) {
  const t = useFilterTexts();
  const [entered, setEntered] = useState(text);
  const reported = useRef(text);
  const report = useEffectEvent((next: string) => {
    if (next === reported.current) return;
    reported.current = next;
    onChange(next);
  });
  useEffect(() => {
    const timer = setTimeout(() => report(entered), REST_MS);
    return () => clearTimeout(timer);
  }, [entered]);
  useEffect(() => {
    // The text was changed elsewhere: cleared, or by Back.
    if (text === reported.current) return;
    reported.current = text;
    setEntered(text);
  }, [text]);
  return (
    <label className={styles.text}>
      <Icon name="search" />
      <span className={controls.unseen}>{t('text')}</span>
      <input
        type="search"
        value={entered}
        maxLength={MAX_TEXT}
        placeholder={t('textHint')}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        onChange={(event) => setEntered(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') report(entered);
        }}
      />
    </label>
  );
}

interface MenuProps {
  readonly name: string;
  /** The selection as text; undefined when nothing is selected. */
  readonly value: string | undefined;
  readonly onClear: () => void;
  readonly children: ReactNode;
}

/** A button that shows the selection and opens a dialog to change it. */
function Menu({ name, value, onClear, children }: MenuProps) {
  const t = useFilterTexts();
  return (
    <Popover.Root>
      <Popover.Trigger
        className={`${controls.button} ${styles.menu}`}
        data-chosen={value !== undefined || undefined}
      >
        <span className={styles.value}>{value ?? name}</span>
        <Icon name="down" />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner className={styles.positioner} sideOffset={6} align="start" collisionPadding={8}>
          <Popover.Popup className={styles.popup}>
            <Popover.Title className={styles.title}>{name}</Popover.Title>
            {children}
            {value !== undefined && (
              <button type="button" className={`${controls.quiet} ${styles.clear}`} onClick={onClear}>
                {t('clearOne')}
              </button>
            )}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

interface ChoiceMenuProps<Value extends string> {
  readonly name: string;
  readonly values: readonly Value[];
  readonly chosen: readonly Value[];
  readonly t: (value: Value) => string;
  readonly onChange: (chosen: readonly Value[]) => void;
}

/** A menu with a checkbox for each value. */
function ChoiceMenu<Value extends string>({ name, values, chosen, t, onChange }: ChoiceMenuProps<Value>) {
  const tFilter = useFilterTexts();
  const [first] = chosen;
  const value =
    first === undefined
      ? undefined
      : chosen.length === 1
        ? tFilter('chosen', { name, value: t(first) })
        : tFilter('several', { name, count: chosen.length });
  return (
    <Menu name={name} value={value} onClear={() => onChange([])}>
      <fieldset className={styles.choices}>
        <legend className={controls.unseen}>{name}</legend>
        {values.map((each) => (
          <label key={each}>
            <input
              type="checkbox"
              checked={chosen.includes(each)}
              onChange={({ target }) =>
                onChange(target.checked ? [...chosen, each] : chosen.filter((other) => other !== each))
              }
            />
            {t(each)}
          </label>
        ))}
      </fieldset>
    </Menu>
  );
}

/** Days before today on which the presets begin. */
const PRESETS = { today: 0, week: 6, month: 29 } as const;

interface CreatedMenuProps extends Pick<JobFilter, 'from' | 'to'> {
  readonly onChange: (part: Pick<JobFilter, 'from' | 'to'>) => void;
}

/** A menu for the first and last day of creation. */
function CreatedMenu({ from, to, onChange }: CreatedMenuProps) {
  const t = useFilterTexts();
  const formats = useFormats();
  const id = useId();
  const { createdFrom, createdBefore } = rangeOf({ from, to });
  const first = createdFrom === undefined ? undefined : formats.date(Date.parse(createdFrom));
  const last = createdBefore === undefined ? undefined : formats.date(Date.parse(createdBefore) - 1);
  const days =
    first !== undefined && last !== undefined
      ? first === last
        ? first
        : t('between', { from: first, to: last })
      : first !== undefined
        ? t('since', { from: first })
        : last !== undefined
          ? t('until', { to: last })
          : undefined;
  const name = t('created');
  return (
    <Menu
      name={name}
      value={days && t('chosen', { name, value: days })}
      onClear={() => onChange({ from: null, to: null })}
    >
      <div className={styles.presets}>
        {(['today', 'week', 'month'] as const).map((preset) => (
          <button
            key={preset}
            type="button"
            className={controls.button}
            onClick={() => onChange({ from: daysBefore(Date.now(), PRESETS[preset]), to: null })}
          >
            {t(preset)}
          </button>
        ))}
      </div>
      <div className={styles.days}>
        <label htmlFor={`${id}from`}>{t('from')}</label>
        <input
          id={`${id}from`}
          type="date"
          value={from ?? ''}
          onChange={({ target }) => onChange({ from: target.value || null, to })}
        />
        <label htmlFor={`${id}to`}>{t('to')}</label>
        <input
          id={`${id}to`}
          type="date"
          value={to ?? ''}
          onChange={({ target }) => onChange({ from, to: target.value || null })}
        />
      </div>
      <p className={styles.note}>{t('days', { zone: formats.timeZone })}</p>
    </Menu>
  );
}

import type { ReactNode } from 'react';
import { Missing } from '../i18n/missing.tsx';
import { useValueTexts } from '../i18n/value-texts.ts';
import { CopyButton } from '../notices/copy-button.tsx';
import styles from './cells.module.css';
import type { Grid } from './grid.ts';

interface CellProps<Column extends string> {
  readonly grid: Grid<Column>;
  readonly column: Column;
  readonly children: ReactNode;
}

/** A table cell. */
export function Cell<Column extends string>({ grid, column, children }: CellProps<Column>) {
  return (
    <div {...grid.cells[column]} data-column={column}>
      {children}
    </div>
  );
}

interface IdProps {
  readonly id: string | null;
  readonly what: string;
  readonly canCopy: boolean;
}

/** An id, with a copy button in the current row only: hundreds of buttons would be in the way of the Tab key. */
export function Id({ id, what, canCopy }: IdProps) {
  if (id === null || id === '') return <Missing />;
  return (
    <span className={styles.id}>
      <code title={id}>{id}</code>
      {canCopy && <CopyButton text={id} what={what} />}
    </span>
  );
}

interface NameProps {
  readonly name: string | null;
  readonly description: string | null;
  /** Text in place of a missing name. */
  readonly unnamed: string;
  /** Text in place of the description. */
  readonly note?: string | undefined;
}

/** Name and description of a voice, in any script. */
export function Name({ name, description, unnamed, note }: NameProps) {
  return (
    <div className={styles.lines}>
      {name ? (
        <bdi className={styles.name} title={name}>
          {name}
        </bdi>
      ) : (
        <span className={styles.unnamed}>{unnamed}</span>
      )}
      {note !== undefined && <span className={styles.note}>{note}</span>}
      {note === undefined && description && (
        <bdi className={styles.detail} title={description}>
          {description}
        </bdi>
      )}
    </div>
  );
}

/** A value as sent by the upstream, when the schema does not know it. */
export function Raw({ children }: { readonly children: string }) {
  const t = useValueTexts();
  return <bdi title={t('raw')}>{children}</bdi>;
}

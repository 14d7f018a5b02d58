import type { MouseEvent, ReactNode } from 'react';
import { Missing } from '../i18n/missing.tsx';
import { useValueTexts } from '../i18n/value-texts.ts';
import { CopyButton } from '../notices/copy-button.tsx';
import { Loading, Skeleton } from '../notices/skeleton.tsx';
import styles from './panel.module.css';
import { linkTo } from './panel.tsx';

/** A section of a panel, with its heading. */
export function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section>
      <h3 className={styles.section}>{title}</h3>
      {children}
    </section>
  );
}

/** A list of fields. */
export function Fields({ children }: { readonly children: ReactNode }) {
  return <dl className={styles.facts}>{children}</dl>;
}

/** A field with its name. A missing or empty value is a dash. */
export function Field({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  const isMissing = children === null || children === '';
  return (
    <div>
      <dt>{name}</dt>
      <dd dir="auto">{isMissing ? <Missing /> : children}</dd>
    </div>
  );
}

/** An id with a copy button. */
export function IdField({ id, what }: { readonly id: string; readonly what: string }) {
  return (
    <span className={styles.id}>
      <code>{id}</code>
      <CopyButton text={id} what={what} />
    </span>
  );
}

/** A value as sent by the upstream, when the schema does not know it. */
export function RawField({ children }: { readonly children: string }) {
  const t = useValueTexts();
  return (
    <>
      <bdi>{children}</bdi> <span className={styles.aside}>{t('raw')}</span>
    </>
  );
}

interface ObjectLinkProps {
  readonly name: 'job' | 'voice';
  /** Global id. */
  readonly id: string;
  readonly onOpen: (id: string) => void;
  readonly children: ReactNode;
}

/** Link from one panel to another. With a modifier key it opens a tab, as any link does. */
export function ObjectLink({ name, id, onOpen, children }: ObjectLinkProps) {
  const onClick = (event: MouseEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    onOpen(id);
  };
  return (
    <a className={styles.link} href={linkTo(name, id)} onClick={onClick} dir="auto">
      {children}
    </a>
  );
}

/** Content of a panel while its object is loading. */
export function PanelSkeleton() {
  return (
    <>
      <Loading />
      <div className={styles.waiting}>
        <Skeleton form="block" />
        <Skeleton length="short" />
        <Skeleton />
        <Skeleton length="middle" />
        <Skeleton />
        <Skeleton length="short" />
        <Skeleton length="middle" />
      </div>
    </>
  );
}

import { Dialog } from '@base-ui/react/dialog';
import { type ReactNode, type RefObject, useEffect, useRef } from 'react';
import { CopyButton } from '../notices/copy-button.tsx';
import { ErrorBoundary } from '../notices/error-boundary.tsx';
import { Icon } from '../notices/icons.tsx';
import controls from '../style/controls.module.css';
import styles from './panel.module.css';
import { usePanelTexts } from './texts.ts';

interface PanelProps {
  readonly isOpen: boolean;
  readonly onOpenChange: (isOpen: boolean) => void;
  /** Called after the panel has closed: by its button, by Escape, or by a click outside. */
  readonly onClosed: () => void;
  /** Element that gets the focus afterwards; null for the one that had it before. */
  readonly returnTo: () => HTMLElement | null;
  /**
   * Id of the object shown. When it changes, the focus moves to the panel, so that screen readers announce its new
   * name.
   */
  readonly id: string;
  readonly children: ReactNode;
}

/** A dialog beside the list, which keeps the focus inside while it is open. */
export function Panel({ isOpen, onOpenChange, onClosed, returnTo, id, children }: PanelProps) {
  const popup = useRef<HTMLDivElement>(null);
  useFocusOnChange(popup, id);
  return (
    <Dialog.Root
      open={isOpen}
      onOpenChange={onOpenChange}
      onOpenChangeComplete={(open) => {
        if (!open) onClosed();
      }}
    >
      <Dialog.Portal>
        <Dialog.Backdrop className={styles.backdrop} />
        <Dialog.Popup
          ref={popup}
          className={styles.panel}
          // The dialog itself gets the focus: screen readers announce its name, and Enter presses no button.
          initialFocus={popup}
          finalFocus={() => returnTo() ?? true}
        >
          {children}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function useFocusOnChange(popup: RefObject<HTMLElement | null>, id: string): void {
  const before = useRef(id);
  useEffect(() => {
    if (before.current !== id) popup.current?.focus();
    before.current = id;
  }, [popup, id]);
}

interface PanelPartsProps {
  /** Type of the object, translated. */
  readonly kind: string;
  /** Name of the object; undefined while it is unknown. */
  readonly title: ReactNode | undefined;
  /** Address parameter that opens the object, and its value. */
  readonly link: { readonly name: 'job' | 'voice'; readonly id: string; readonly what: string };
  readonly busy: boolean;
  readonly children: ReactNode;
}

/** Header of every panel (name, link, close button) and its content. */
export function PanelParts({ kind, title, link, busy, children }: PanelPartsProps) {
  const t = usePanelTexts();
  return (
    <>
      <header className={styles.head}>
        <div className={styles.heading}>
          {title !== undefined && <p className={styles.kind}>{kind}</p>}
          <Dialog.Title className={styles.title} dir="auto">
            {title ?? kind}
          </Dialog.Title>
        </div>
        <CopyButton text={linkTo(link.name, link.id)} what={link.what} icon="link" />
        <Dialog.Close className={controls.icon} aria-label={t('close')} title={t('close')}>
          <Icon name="close" />
        </Dialog.Close>
      </header>
      <ErrorBoundary>
        <div className={styles.body} aria-busy={busy}>
          {children}
        </div>
      </ErrorBoundary>
    </>
  );
}

/** Address of the page with one object open and no other state. */
export function linkTo(name: 'job' | 'voice', id: string): string {
  const link = new URL(location.pathname, location.href);
  link.searchParams.set(name, id);
  return link.href;
}

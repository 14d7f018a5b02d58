import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { type Credential, signIn, useCredential } from '../client/credentials.ts';
import type { Failure } from '../client/failure.ts';
import controls from '../style/controls.module.css';
import { SegmentedControl } from '../style/segmented-control.tsx';
import { type InputError, readCredential } from './credential-form.ts';
import { Notice } from './notice.tsx';
import styles from './notices.module.css';
import { SecretField } from './secret-field.tsx';
import { useNoticeTexts } from './texts.ts';

const KINDS = ['key', 'token'] as const satisfies readonly Credential['kind'][];

type SignedOut = Extract<Failure, { kind: 'signedOut' }>;

/**
 * Sign-in form for an API key or a token, whichever the gateway accepts; stores it in this tab. A new `failure` means
 * that the last entered credential was rejected, which the form shows at the field, so the form must stay mounted while
 * the gateway is asked.
 */
export function SignIn({ failure }: { readonly failure: SignedOut }) {
  const t = useNoticeTexts();
  const credential = useCredential();
  const { keys, tokens } = failure.accepts;
  const [chosen, setChosen] = useState<Credential['kind'] | undefined>(credential?.kind);
  const kind = !tokens ? 'key' : !keys ? 'token' : (chosen ?? 'key');
  const [entered, setEntered] = useState('');
  const [inputError, setSlip] = useState<InputError>();
  /** The failure for which a credential was submitted: until another one arrives, the request is pending. */
  const [submittedFor, setSubmittedFor] = useState<Failure>();
  const isPending = submittedFor === failure;
  const field = useRef<HTMLInputElement>(null);
  const fieldId = useId();
  const problemId = useId();

  const isRejected = !isPending && credential?.kind === kind;
  const problem = problemOf(kind, inputError, isRejected);

  useEffect(() => {
    // A credential was rejected, or the form is all there is on the page: in both cases the user continues in this
    // field.
    if (submittedFor !== undefined && submittedFor !== failure) field.current?.select();
    else if (document.activeElement === document.body) field.current?.focus();
  }, [submittedFor, failure]);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isPending) return;
    const next = readCredential(kind, entered);
    if (typeof next === 'string') {
      setSlip(next);
      field.current?.focus();
      return;
    }
    setSlip(undefined);
    setSubmittedFor(failure);
    signIn(next);
  };

  return (
    <Notice tone="info" icon="key" title={t('signInTitle')} text={t('signInText')}>
      <form className={styles.signIn} onSubmit={submit} noValidate>
        {keys && tokens && (
          <SegmentedControl label={t('signInWith')} values={KINDS} chosen={kind} t={t} onChoose={setChosen} />
        )}
        <label htmlFor={fieldId}>{t(kind)}</label>
        <SecretField
          key={kind}
          id={fieldId}
          ref={field}
          value={entered}
          onChange={(value) => {
            setEntered(value);
            setSlip(undefined);
          }}
          describedBy={problem === undefined ? undefined : problemId}
        />
        <p className={styles.problem} id={problemId} role="alert">
          {problem !== undefined && t(problem)}
        </p>
        <button type="submit" className={controls.primary} aria-disabled={isPending}>
          {isPending ? t('signingIn') : t('signIn')}
        </button>
      </form>
    </Notice>
  );
}

/** The error text of the field; undefined when there is none. */
function problemOf(kind: Credential['kind'], inputError: InputError | undefined, isRejected: boolean) {
  if (inputError === 'empty') return kind === 'key' ? 'enterKey' : 'enterToken';
  if (inputError === 'invalidCharacters') return kind === 'key' ? 'keyInvalid' : 'tokenInvalid';
  if (isRejected) return kind === 'key' ? 'keyRejected' : 'tokenRejected';
  return undefined;
}

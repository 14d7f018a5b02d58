import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { type Credential, signIn, useCredential } from '../client/credentials.ts';
import type { Failure } from '../client/failure.ts';
import { Choice } from '../style/choice.tsx';
import controls from '../style/controls.module.css';
import { readCredential, type Slip } from './credential-form.ts';
import { Notice } from './notice.tsx';
import styles from './notices.module.css';
import { SecretField } from './secret-field.tsx';
import { useNoticeWords } from './words.ts';

const KINDS = ['key', 'token'] as const satisfies readonly Credential['kind'][];

type SignedOut = Extract<Failure, { kind: 'signedOut' }>;

/**
 * Sign-in form for an API key or a token, whichever the gateway accepts; stores it in this tab. A new `failure` means
 * that the last entered credential was rejected, which the form shows at the field, so the form must stay mounted while
 * the gateway is asked.
 */
export function SignIn({ failure }: { readonly failure: SignedOut }) {
  const say = useNoticeWords();
  const credential = useCredential();
  const { keys, tokens } = failure.takes;
  const [chosen, setChosen] = useState<Credential['kind'] | undefined>(credential?.kind);
  const kind = !tokens ? 'key' : !keys ? 'token' : (chosen ?? 'key');
  const [entered, setEntered] = useState('');
  const [slip, setSlip] = useState<Slip>();
  /** The failure for which a credential was submitted: until another one arrives, the gateway is being asked. */
  const [asked, setAsked] = useState<Failure>();
  const isAsking = asked === failure;
  const field = useRef<HTMLInputElement>(null);
  const fieldId = useId();
  const problemId = useId();

  const isRefused = !isAsking && credential?.kind === kind;
  const problem = problemOf(kind, slip, isRefused);

  useEffect(() => {
    // A credential was rejected, or the form is all there is on the page: in both cases the user continues in this
    // field.
    if (asked !== undefined && asked !== failure) field.current?.select();
    else if (document.activeElement === document.body) field.current?.focus();
  }, [asked, failure]);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isAsking) return;
    const next = readCredential(kind, entered);
    if (typeof next === 'string') {
      setSlip(next);
      field.current?.focus();
      return;
    }
    setSlip(undefined);
    setAsked(failure);
    signIn(next);
  };

  return (
    <Notice tone="calm" icon="key" title={say('signInTitle')} text={say('signInText')}>
      <form className={styles.signIn} onSubmit={submit} noValidate>
        {keys && tokens && (
          <Choice label={say('signInWith')} values={KINDS} chosen={kind} say={say} onChoose={setChosen} />
        )}
        <label htmlFor={fieldId}>{say(kind)}</label>
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
          {problem !== undefined && say(problem)}
        </p>
        <button type="submit" className={controls.primary} aria-disabled={isAsking}>
          {isAsking ? say('signingIn') : say('signIn')}
        </button>
      </form>
    </Notice>
  );
}

/** The error text of the field; undefined when there is none. */
function problemOf(kind: Credential['kind'], slip: Slip | undefined, isRefused: boolean) {
  if (slip === 'empty') return kind === 'key' ? 'enterKey' : 'enterToken';
  if (slip === 'hasOthers') return kind === 'key' ? 'keyHasOthers' : 'tokenHasOthers';
  if (isRefused) return kind === 'key' ? 'keyRefused' : 'tokenRefused';
  return undefined;
}

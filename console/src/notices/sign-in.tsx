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
 * Asks for an API key or a token, whichever the gateway takes, and keeps it in this tab alone. One that was refused is said
 * to be where it was entered. A new `failure` is taken for the answer to what was entered last, so the form has to stay on
 * the page while the gateway is asked.
 */
export function SignIn({ failure }: { readonly failure: SignedOut }) {
  const say = useNoticeWords();
  const credential = useCredential();
  const { keys, tokens } = failure.takes;
  const [chosen, setChosen] = useState<Credential['kind'] | undefined>(credential?.kind);
  const kind = !tokens ? 'key' : !keys ? 'token' : (chosen ?? 'key');
  const [entered, setEntered] = useState('');
  const [slip, setSlip] = useState<Slip>();
  /** The failure upon which something was entered: until there is another one, the gateway is being asked. */
  const [asked, setAsked] = useState<Failure>();
  const isAsking = asked === failure;
  const field = useRef<HTMLInputElement>(null);
  const fieldId = useId();
  const problemId = useId();

  const isRefused = !isAsking && credential?.kind === kind;
  const problem = problemOf(kind, slip, isRefused);

  useEffect(() => {
    // Something was refused, or it is the only thing on the page: in both cases this is where one goes on.
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

/** Which text says what is wrong with the field; undefined when nothing is. */
function problemOf(kind: Credential['kind'], slip: Slip | undefined, isRefused: boolean) {
  if (slip === 'empty') return kind === 'key' ? 'enterKey' : 'enterToken';
  if (slip === 'hasOthers') return kind === 'key' ? 'keyHasOthers' : 'tokenHasOthers';
  if (isRefused) return kind === 'key' ? 'keyRefused' : 'tokenRefused';
  return undefined;
}

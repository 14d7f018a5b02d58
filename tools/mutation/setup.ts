import fc from 'fast-check';

/** A failing property has detected its mutant; shrinking the counterexample would only take time. */
fc.configureGlobal({ ...fc.readConfigureGlobal(), endOnFailure: true });

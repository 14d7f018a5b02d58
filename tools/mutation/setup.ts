import fc from 'fast-check';

/** A property that fails has detected its mutant: nobody reads a smaller counterexample, which takes many more runs to find. */
fc.configureGlobal({ ...fc.readConfigureGlobal(), endOnFailure: true });

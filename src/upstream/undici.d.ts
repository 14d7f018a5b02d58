/** The inner module of undici that pool.ts takes; its type is that of the package. */
declare module 'undici/lib/dispatcher/pool.js' {
  export { Pool as default } from 'undici';
}

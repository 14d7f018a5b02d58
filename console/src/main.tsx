import './style/page.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { applyLanguage, firstLanguage } from './i18n/language.ts';
import { rememberTheme } from './shell/theme.ts';

applyLanguage(firstLanguage());
rememberTheme();

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no place for the console');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);

/** Where the things under test were built. */
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../..', import.meta.url));
const target = process.env.CARGO_TARGET_DIR ?? `${root}target`;

export const serverProgram = `${target}/debug/datebook-server`;
export const appProgram = `${target}/debug/datebook`;
export const packages = `${target}/debug/bundle`;
export const business = `${root}examples/business.toml`;
export const tauriDriver = process.env.TAURI_DRIVER ?? `${root}.work/tools/bin/tauri-driver`;
export const xdgOpen = '/usr/bin/xdg-open';

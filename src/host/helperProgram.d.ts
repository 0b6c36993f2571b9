/** The helper's Python modules, bundled as text by `esbuild.mjs`. */
declare module 'helper:program' {
  const program: import('./bootstrap').HelperProgram;
  export default program;
}

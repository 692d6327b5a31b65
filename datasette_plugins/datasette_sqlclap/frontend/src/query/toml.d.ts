/** The table of words that mean something measured, as the build reads it. */
declare module "*.toml" {
  const measures: readonly { word: string; means: string }[];
  export default measures;
}

// Asks a library by way of better-sqlite3 and sqlite-vec's package: FILE, and statements as JSON.
import Database from "better-sqlite3";
import { load } from "sqlite-vec";

const [file, ...statements] = process.argv.slice(2);
const library = new Database(file);
load(library);
const answers = statements.map((one) => {
  const statement = library.prepare(one);
  return statement.reader ? statement.all() : statement.run().changes;
});
process.stdout.write(JSON.stringify(answers));

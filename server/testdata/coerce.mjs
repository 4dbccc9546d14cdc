// Reads {"graphql", "schemas": [SDL], "cases": [{"schema", "query", "variables"}]}, runs each case by graphql-js, and writes for each
// which arguments came to which field of the query, or that there were errors.
import { readFileSync } from 'node:fs';

const batch = JSON.parse(readFileSync(0, 'utf8'));
const { buildSchema, parse, validate, execute } = await import(batch.graphql);
const schemas = batch.schemas.map((sdl) => buildSchema(sdl));

const results = batch.cases.map(({ schema, query, variables }) => {
  const document = parse(query);
  const invalid = validate(schemas[schema], document);
  if (invalid.length > 0) return { errors: invalid.map((error) => error.message) };
  const given = {};
  const fieldResolver = (_source, args, _context, info) => {
    given[info.path.key] = args;
    return null;
  };
  const { errors } = execute({ schema: schemas[schema], document, variableValues: variables, fieldResolver });
  return errors ? { errors: errors.map((error) => error.message) } : { given };
});
process.stdout.write(JSON.stringify(results));

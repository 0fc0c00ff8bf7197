/** Checks the OpenAPI document on standard input against the specification's own schema; prints what is wrong with it. */
import { text } from 'node:stream/consumers';
import { Validator } from '@seriousme/openapi-schema-validator';

const { valid, errors } = await new Validator().validate(JSON.parse(await text(process.stdin)));
if (!valid) console.log(typeof errors === 'string' ? errors : JSON.stringify(errors, null, 2));
process.exitCode = valid ? 0 : 1;

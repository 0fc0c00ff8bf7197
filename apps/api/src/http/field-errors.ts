import { AppError, type FieldError } from '@packshot/contracts';
import type { z } from 'zod';

/** A request may have a fault in each of 10,000 items; the first hundred tell enough. */
const MAX_ERRORS = 100;
const MAX_DETAIL = 300;

/** The faults zod found, each with the JSON pointer (RFC 6901) of its place. Unknown fields are pointed at by name. */
function fieldErrors(issues: readonly z.core.$ZodIssue[], at: readonly PropertyKey[] = []): FieldError[] {
  return issues.slice(0, MAX_ERRORS).flatMap((issue) => {
    const path = [...at, ...issue.path];
    if (issue.code === 'unrecognized_keys') {
      return issue.keys
        .slice(0, 10)
        .map((key) => ({ pointer: pointer([...path, key]), detail: 'There is no such field.' }));
    }
    if (issue.code === 'invalid_union') {
      const closest = closestBranch(issue.errors);
      if (closest) return fieldErrors(closest, path);
    }
    return [{ pointer: pointer(path), detail: detailOf(issue).slice(0, MAX_DETAIL) }];
  });
}

/** Of a union's branches, the one that was meant: its faults lie inside the value, not in what kind of value it is. */
function closestBranch(branches: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] | undefined {
  const inside = branches.filter((issues) =>
    issues.every((issue) => issue.path.length > 0 || issue.code === 'unrecognized_keys'),
  );
  return inside.sort((a, b) => a.length - b.length)[0];
}

/** A union that none of its branches fits says what each would have taken. */
function detailOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_union') return issue.message;
  const details = issue.errors.flatMap((branch) => branch.map((each) => detailOf(each)));
  return [...new Set(details)].join('; or: ') || issue.message;
}

function pointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).slice(0, 100).replace(/~/g, '~0').replace(/\//g, '~1')}`).join('');
}

/** `value` as `schema` has it; throws `invalid_pipeline` when the faults are all there, else `invalid_request`. */
export function parse<T extends z.ZodType>(schema: T, value: unknown, at: readonly PropertyKey[] = []): z.infer<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = fieldErrors(parsed.error.issues, at);
  const code = errors.every((error) => error.pointer.startsWith('/pipeline')) ? 'invalid_pipeline' : 'invalid_request';
  throw new AppError(code, undefined, { errors });
}

import { type AppError, ERRORS, type ErrorCode, type Scope } from '@packshot/contracts';
import type { Request, RequestHandler, Response } from 'express';
import type { z } from 'zod';
import type { Deps } from '../deps';

type Handler = (request: Request, response: Response) => Promise<void> | void;

/** Groups of endpoints in the contract. */
export type Tag =
  | 'jobs'
  | 'results'
  | 'uploads'
  | 'webhooks'
  | 'keys'
  | 'service'
  | 'remove.bg'
  | 'four-stage'
  | 'rmbg'
  | 'deblur'
  | 'click cut-out'
  | 'runpod';

/** An answer that is not a problem: what it means, and what its body is. */
export interface Answer {
  description: string;
  /** The JSON body; with `mediaType` the schema of a body of that type. Neither: no body. */
  schema?: z.ZodType;
  /** Of a body that is not JSON, for example `image/*` or `text/event-stream`. */
  mediaType?: string;
  /** Other types that the body may have, by what the caller accepts; nothing is said of them. */
  otherMediaTypes?: readonly string[];
  example?: unknown;
  /** Headers beside those that every answer has. */
  headers?: Readonly<Record<string, string>>;
  /** Operations that this answer leads to: operation id → where its path parameters are, for example `{ job: '$response.body#/id' }`. */
  links?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** A body that is taken, by media type. */
export interface RequestBody {
  schema: z.ZodType;
  example?: unknown;
}

/** How a façade answers errors: as the service whose endpoint it stands in for does, in JSON. */
export interface ErrorForm {
  schema: z.ZodType;
  statusOf(code: ErrorCode): number;
  bodyOf(error: AppError): unknown;
}

/**
 * One endpoint. `routes/index.ts` lists them all; the documentation's table, `/openapi.json` and the tests of the contract
 * are made from that list, so what stands here is what clients are told.
 */
export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** As Express writes it. A `GET` route answers `HEAD` as well. */
  path: string;
  /** Unique, in camel case; generated clients name their methods so. */
  operationId: string;
  tag: Tag;
  summary: string;
  /** What the caller must be allowed; null: open to all, and served however busy the server is. */
  scope: Scope | null;
  /** Takes the key as the password of HTTP Basic, too: for senders that can do nothing else. */
  basic?: true;
  /** Parameters of the path that are not ids named after their kind (`:job`, `:item`, …), for the contract. */
  params?: Readonly<Record<string, z.ZodType>>;
  query?: z.ZodObject;
  /** Headers the endpoint reads beside those that every endpoint does, with their meaning, and their form where they have one. */
  requestHeaders?: Readonly<Record<string, string | { description: string; schema: z.ZodType }>>;
  /** Of these one is taken; it may be left out when one of their schemas takes `{}`. */
  body?: Readonly<Record<string, RequestBody>>;
  answers: Readonly<Record<number, Answer>>;
  /** Refusals of this endpoint by code; those that every guarded endpoint has (`COMMON_ERRORS`) are not repeated. */
  errors: readonly ErrorCode[];
  /** Of a façade; without it an error is a problem. */
  errorForm?: ErrorForm;
  /** What is done to a request before the guards see it. */
  prepare?: RequestHandler;
  handler(deps: Deps): Handler;
}

/** Of an endpoint, the status with which it refuses. */
export function statusOf({ errorForm }: Pick<Route, 'errorForm'>, code: ErrorCode): number {
  return errorForm?.statusOf(code) ?? ERRORS[code].status;
}

/** What any endpoint that is not open may answer. */
export const COMMON_ERRORS: readonly ErrorCode[] = [
  'unauthorized',
  'forbidden',
  'rate_limited',
  'overloaded',
  'backend_unavailable',
];

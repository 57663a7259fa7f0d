/** The part of `@azure/functions-core` that the host provides (functions-host.md §1.2, §2, §4). */

export type TypedData = {
  string?: string;
  json?: string;
  bytes?: Uint8Array;
  int?: number;
  double?: number;
  http?: HttpData;
};

export type NullableString = { value: string };

export type HttpData = {
  method?: string;
  url?: string;
  headers?: Record<string, string>;
  query?: Record<string, string>;
  params?: Record<string, string>;
  nullableHeaders?: Record<string, NullableString>;
  nullableQuery?: Record<string, NullableString>;
  nullableParams?: Record<string, NullableString>;
  body?: TypedData;
  statusCode?: string;
  cookies?: HttpCookie[];
  enableContentNegotiation?: boolean;
};

export type HttpCookie = {
  name: string;
  value: string;
  domain?: { value: string };
  path?: { value: string };
  expires?: { value: { seconds: number } };
  secure?: { value: boolean };
  httpOnly?: { value: boolean };
  sameSite?: "none" | "lax" | "strict" | "explicitNone";
  maxAge?: { value: number };
};

export type BindingInfo = Readonly<Record<string, unknown>>;
export type FunctionCallback = (...args: unknown[]) => unknown;
export type FunctionMetadata = {
  readonly name: string;
  readonly bindings: Readonly<Record<string, BindingInfo>>;
  readonly retryOptions?: unknown;
};

export type InvocationRequest = {
  readonly invocationId: string;
  readonly inputData: readonly { readonly name: string; readonly data: TypedData }[];
  readonly triggerMetadata: Readonly<Record<string, TypedData>>;
  readonly traceContext: {
    readonly traceParent: string;
    readonly traceState: string;
    readonly attributes: Readonly<Record<string, string>>;
  };
};

export type InvocationResponse = {
  readonly outputData?: readonly { readonly name: string; readonly data: TypedData }[];
  readonly returnValue?: TypedData | null;
};

export type CoreContext = {
  invocationId: string;
  request: InvocationRequest;
  metadata: FunctionMetadata;
  state: "preInvocationHooks" | "invocation" | "postInvocationHooks" | undefined;
  log(level: string, category: string, message: string): void;
};

export type InvocationModel = {
  getArguments(): Promise<{ context: unknown; inputs: unknown[] }>;
  invokeFunction(context: unknown, inputs: unknown[], callback: FunctionCallback): Promise<unknown>;
  getResponse(context: unknown, result: unknown): Promise<InvocationResponse>;
};

export type ProgrammingModel = {
  readonly name: string;
  readonly version: string;
  getCapabilities(defaults: Record<string, string>): Record<string, string> | Promise<Record<string, string>>;
  getInvocationModel(context: CoreContext): InvocationModel;
};

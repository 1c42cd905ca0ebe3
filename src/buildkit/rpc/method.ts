/** How a method of a service is named and what travels in it. */

/** What the generated message objects offer, and all that the wire needs of them. */
export interface Codec<Message> {
  readonly encode: (message: Message) => { finish(): Uint8Array };
  readonly decode: (bytes: Uint8Array) => Message;
}

export interface Method<Request, Response> {
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly request: Codec<Request>;
  readonly response: Codec<Response>;
}

// A second look: something that is allowed in a configuration and may still not be meant.

export interface Warning {
  readonly key: string;
  readonly message: string;
}

/** How to reach the domain controllers of one naming context, and as whom. */
export interface DirectoryEndpoint {
  /**
   * URLs, the preferred one first: `ldaps://host[:636]`, or `ldap://host[:389]`, which is raised to TLS by StartTLS
   * before the bind.
   */
  readonly controllers: readonly [string, ...string[]];
  readonly tls?: TlsSettings;
  readonly bind: {
    /** `DOMAIN\account`, `account@domain` or a DN. */
    readonly account: string;
    readonly password: string;
  };
  readonly timeouts?: {
    /** Milliseconds that each of TCP, TLS and the bind may take; 10,000 by default. */
    readonly connectMs?: number;
    /**
     * Milliseconds that the server may be silent after a request before the connection is given up; 150,000 by default,
     * which is above MaxQueryDuration (120 s).
     */
    readonly requestMs?: number;
  };
  /**
   * Sends the password, and all that is read, in clear text over `ldap://`: an operator has to accept it in so many words
   * (rules/tls-settings.ts). False by default.
   */
  readonly allowPlainBind?: boolean;
}

export interface TlsSettings {
  /** Path of the certificate authorities' PEM file; the system's authorities when neither this nor `ca` is given. */
  readonly caFile?: string;
  /** The authorities' certificates themselves, PEM. */
  readonly ca?: string;
  /** The name that the certificate must carry, when it is not the host of the URL. */
  readonly servername?: string;
  /** False accepts any certificate: whoever is on the wire can read the password. True by default. */
  readonly verify?: boolean;
}

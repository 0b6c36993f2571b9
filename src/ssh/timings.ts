/** How long each phase of a connection may take. The clocks are ours: ssh2's own one counts a person's thinking too. */

/** All in milliseconds. */
export interface SshTimings {
  /** From the first packet to the server's key. `ConnectTimeout` of the user's configuration replaces it. */
  readonly connectMs: number;
  /** From the accepted key to the end of the login. */
  readonly authenticateMs: number;
  /**
   * From the accepted key to the end of a login in which the server asks a person: sshd hangs up after 120 s by default
   * (sshd_config(5), LoginGraceTime), and says nothing then.
   */
  readonly promptMs: number;
  /** From the login to the started command. */
  readonly openMs: number;
  /** How long a shared connection that was joined may say nothing: less than the 10 s that a session waits for its greeting. */
  readonly sharedMs: number;
  /** Distance of ssh2's keepalive packets; the fourth without an answer ends the link. */
  readonly keepAliveMs: number;
  /** How long an ended connection may take to say goodbye. */
  readonly farewellMs: number;
}

/** The values for real use. An audit gives up after 15 s, and should still hear from here what the matter was. */
export const defaultTimings: SshTimings = {
  connectMs: 12_000,
  authenticateMs: 15_000,
  promptMs: 110_000,
  openMs: 15_000,
  sharedMs: 8_000,
  keepAliveMs: 15_000,
  farewellMs: 2_000,
};

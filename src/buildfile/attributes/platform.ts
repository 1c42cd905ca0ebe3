/** The list form of platforms. What a platform is, `oci` knows. */

/** One element may hold several platforms separated by commas; spaces around them do not count. */
export function splitPlatforms(text: string): readonly string[] {
  return text.split(",").map((part) => part.trim());
}

/** A set that forgets its oldest members. */
export interface RecentSet {
  has(member: string): boolean;
  add(member: string): void;
}

export function createRecentSet(maxSize: number): RecentSet {
  const members = new Set<string>();
  return {
    has: (member) => members.has(member),
    add: (member) => {
      members.add(member);
      for (const oldest of members) {
        if (members.size <= maxSize) break;
        members.delete(oldest);
      }
    },
  };
}

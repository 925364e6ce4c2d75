import { Command, Option } from 'commander';
import { LATER_SCENES, SCENES } from './scenes/scenes.js';

export interface DemoArguments {
  /** Names of scenes that exist. */
  readonly scenes: readonly string[];
  readonly keep: boolean;
  /** With a Prometheus and an Alertmanager. */
  readonly withMonitoring: boolean;
}

/** @throws CommanderError whose `exitCode` is 0 after `--help` and 2 for what cannot be used; it has been said then */
export function parseDemoArguments(argv: readonly string[]): DemoArguments {
  const known = [...SCENES.keys()];
  const program: Command = new Command('npm run demo --')
    .description('Plays a story on real servers, started for it and stopped after it. Loopback only.')
    .option('--keep', 'leave everything running at the end, until Ctrl-C', false)
    .option(
      '--with-monitoring',
      'with a real Prometheus and Alertmanager: shows the alerts that fired, and who was told',
      false,
    )
    .addOption(
      new Option('--scene <name>', `which story: ${known.join(', ')} or all`).default(known[0] ?? 'all'),
    )
    .allowExcessArguments(false)
    .exitOverride((failure) => {
      failure.exitCode &&= 2;
      throw failure;
    })
    .parse(argv, { from: 'user' });
  const { scene, ...options } = program.opts<{ scene: string; keep: boolean; withMonitoring: boolean }>();
  if (scene === 'all') return { scenes: known, ...options };
  if (SCENES.has(scene)) return { scenes: [scene], ...options };
  return program.error(
    LATER_SCENES.includes(scene)
      ? `error: scene '${scene}' comes with a later version; now there are: ${known.join(', ')}, all`
      : `error: there is no scene '${scene}'; there are: ${known.join(', ')}, all`,
  );
}

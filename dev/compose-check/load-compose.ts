import { execa } from 'execa';
import { z } from 'zod';
import { composeCheckBinary } from './compose-check-binary.js';

const ComposeService = z.object({
  image: z.string().optional(),
  build: z.object({ context: z.string(), dockerfile: z.string(), target: z.string().optional() }).optional(),
  restart: z.string().optional(),
  network_mode: z.string().optional(),
  /** `null`: not set in the environment that the file was loaded with. */
  environment: z.record(z.string(), z.string().nullable()).default({}),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
  ports: z
    .array(z.object({ host_ip: z.string().optional(), published: z.string(), target: z.number() }))
    .default([]),
  volumes: z
    .array(
      z.object({
        type: z.string(),
        source: z.string(),
        target: z.string(),
        read_only: z.boolean().default(false),
        bind: z.object({ create_host_path: z.boolean().optional() }).optional(),
      }),
    )
    .default([]),
});
export type ComposeService = z.infer<typeof ComposeService>;

const ComposeProject = z.object({ services: z.record(z.string(), ComposeService) });
export type ComposeProject = z.infer<typeof ComposeProject>;

/**
 * Loads Compose files as Docker Compose does (schema, variables, later files over earlier ones), without an engine.
 * @param environment all that the files can take variables from
 * @throws ExecaError with the parser's message for files that Docker Compose refuses or warns of
 */
export async function loadCompose(input: {
  files: readonly string[];
  environment: Readonly<Record<string, string>>;
}): Promise<ComposeProject> {
  const { stdout } = await execa(await composeCheckBinary(), [...input.files], {
    env: input.environment,
    extendEnv: false,
  });
  return ComposeProject.parse(JSON.parse(stdout));
}

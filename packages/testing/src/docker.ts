let answers: Promise<boolean> | undefined;

/** Whether a container runtime answers. Asked once per process. */
export function dockerAnswers(): Promise<boolean> {
  answers ??= import('testcontainers').then(({ getContainerRuntimeClient }) =>
    getContainerRuntimeClient().then(
      () => true,
      (error: unknown) => {
        // testcontainers has no error code for this.
        if (error instanceof Error && error.message.includes('container runtime')) return false;
        throw error;
      },
    ),
  );
  return answers;
}

package org.moraine.cli;

import java.util.concurrent.CountDownLatch;

/**
 * Ctrl-C and SIGTERM, as something a loop can ask for. The process ends once this is closed: libtorch crashes where it
 * is torn down under a running step.
 */
final class Interruption implements AutoCloseable {

    /** What the process ends with after Ctrl-C. */
    static final int EXIT_CODE = 130;

    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread hook = new Thread(this::hold, "interruption");
    private volatile boolean came;

    private Interruption() {}

    static Interruption watch() {
        Interruption interruption = new Interruption();
        Runtime.getRuntime().addShutdownHook(interruption.hook);
        return interruption;
    }

    boolean came() {
        return came;
    }

    private void hold() {
        came = true;
        try {
            closed.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closed.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            return; // the process is ending already
        }
    }
}

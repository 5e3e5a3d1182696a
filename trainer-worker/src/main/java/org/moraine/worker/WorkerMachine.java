package org.moraine.worker;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.WorkerKind;
import org.moraine.engine.model.Machine;

/** What this worker has, as it is declared, or found and measured. */
@Singleton
public class WorkerMachine {

    private static final Logger LOG = Logger.getLogger(WorkerMachine.class);
    private static final int LAST = 300;
    private static final double GIGA = 1e9;

    private final int devices;
    private final WorkerKind kind;
    private final Thread measuring = new Thread(this::measure, "rate");
    private volatile @Nullable Double operationsPerSecond;

    WorkerMachine(WorkerConfig config) {
        this.devices = config.devices().orElseGet(Machine::devices);
        WorkerKind found = Machine.kind(devices);
        this.kind = config.memory()
                .map(memory -> new WorkerKind(found.device(), memory.asLongValue(), found.bf16()))
                .orElse(found);
        this.operationsPerSecond = config.gigaflops().map(rate -> rate * GIGA).orElse(null);
    }

    void start(@Observes StartupEvent event) {
        LOG.infof("This worker is of the kind %s devices=%d", kind.word(), devices);
        if (operationsPerSecond == null && kind.device() == WorkerKind.Device.CPU) {
            measuring.start();
        }
    }

    void end(@Observes @Priority(LAST) ShutdownEvent event) throws InterruptedException {
        measuring.join(); // a JVM that ends inside libtorch dies in libtorch's own end
    }

    private void measure() {
        try {
            operationsPerSecond = Machine.operationsPerSecond(kind);
        } catch (RuntimeException e) { // the edge of the thread
            LOG.warn("This machine's rate cannot be measured; estimates will tell no time", e);
        }
    }

    /** How many devices a training uses. */
    public int devices() {
        return devices;
    }

    public WorkerKind kind() {
        return kind;
    }

    /** Floating-point operations of matrix products; null where that is not known, or not yet. */
    public @Nullable Double operationsPerSecond() {
        return operationsPerSecond;
    }
}

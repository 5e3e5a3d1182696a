package org.moraine.worker.take;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.KafkaException;
import org.jboss.logging.Logger;
import org.moraine.contracts.Dispatch;
import org.moraine.contracts.Lease;
import org.moraine.worker.Attempt;
import org.moraine.worker.AttemptInHand;
import org.moraine.worker.Declined;
import org.moraine.worker.JobApi;
import org.moraine.worker.LostConnection;
import org.moraine.worker.Stop;
import org.moraine.worker.WorkerConfig;
import org.moraine.worker.WorkerMachine;
import org.moraine.worker.WorkerName;
import org.moraine.worker.report.KafkaConfig;
import org.moraine.worker.report.KafkaLoop;
import org.moraine.worker.train.Ending;
import org.moraine.worker.train.TrainingRun;

/**
 * Takes the next dispatch from the share group, claims its lease and has it trained; then the next. This is where a
 * job's life in the worker begins, and where the worker's own life ends: told to go, it stops the attempt in hand, waits
 * for its last step, and gives the lease back before the process ends.
 */
@Singleton
public class DispatchConsumer {

    /** The order of ends: this loop first, what it needs afterwards. */
    static final int FIRST = 100;

    static final int AFTER = 200;

    private static final Logger LOG = Logger.getLogger(DispatchConsumer.class);
    private static final Duration CLAIM_WITHIN = Duration.ofSeconds(5); // well within the time a record is held for us
    private static final Duration ACKNOWLEDGE_WITHIN = Duration.ofSeconds(10);
    private static final Duration GIVE_BACK_WITHIN = Duration.ofSeconds(10);
    private static final Duration LEAVE_WITHIN = Duration.ofSeconds(5);
    private static final Duration UNTIL_HEARD = Duration.ofMillis(100);

    private final KafkaConfig kafka;
    private final JobApi jobs;
    private final WorkerMachine machine;
    private final Presence presence;
    private final AttemptInHand inHand;
    private final TrainingRun run;
    private final ObjectMapper json;
    private final Clock clock;
    private final Duration patience;
    private final String worker;
    private final KafkaLoop loop = new KafkaLoop("dispatches", this::read);

    DispatchConsumer(
            KafkaConfig kafka,
            JobApi jobs,
            WorkerMachine machine,
            Presence presence,
            AttemptInHand inHand,
            TrainingRun run,
            ObjectMapper json,
            Clock clock,
            WorkerConfig config,
            WorkerName name) {
        this.kafka = kafka;
        this.jobs = jobs;
        this.machine = machine;
        this.presence = presence;
        this.inHand = inHand;
        this.run = run;
        this.json = json;
        this.clock = clock;
        this.patience = config.patience();
        this.worker = name.value();
    }

    void start(@Observes StartupEvent event) {
        loop.start();
    }

    void end(@Observes @Priority(FIRST) ShutdownEvent event) throws InterruptedException {
        loop.end();
        inHand.get().ifPresent(attempt -> attempt.stop(Stop.SHUTDOWN));
        loop.join(); // a JVM that ends while a step runs dies in libtorch's own end
    }

    boolean isAlive() {
        return loop.isAlive();
    }

    private void read(KafkaLoop loop) {
        while (loop.goesOn() && !presence.isHeard()) {
            loop.pause(UNTIL_HEARD); // job-api makes the topic
        }
        KafkaShareConsumer<String, byte[]> consumer = WorkQueue.join(kafka, machine.kind());
        try {
            while (loop.goesOn()) {
                if (presence.isHeard()) {
                    consumer.poll(KafkaLoop.POLL).forEach(record -> take(consumer, record));
                } else {
                    loop.pause(UNTIL_HEARD); // a record taken now would only be released again
                }
            }
        } finally {
            consumer.close(LEAVE_WITHIN);
        }
    }

    private void take(KafkaShareConsumer<String, byte[]> consumer, ConsumerRecord<String, byte[]> record) {
        Dispatch dispatch;
        try {
            dispatch = json.readValue(record.value(), Dispatch.class);
        } catch (IOException e) {
            LOG.errorf("A dispatch that cannot be read is rejected, offset=%d: %s", record.offset(), e.getMessage());
            acknowledge(consumer, record, AcknowledgeType.REJECT);
            return;
        }
        presence.busy(true);
        try {
            claim(dispatch, answer -> acknowledge(consumer, record, answer)).ifPresent(this::trainOnItsOwnThread);
        } finally {
            presence.busy(!loop.goesOn()); // a worker that goes wants no dispatch
        }
    }

    private Optional<Lease> claim(Dispatch dispatch, Consumer<AcknowledgeType> acknowledgement) {
        String keys = "job=" + dispatch.job() + " attempt=" + dispatch.attempt() + " team=" + dispatch.team()
                + " worker=" + worker;
        try {
            Lease lease = jobs.claim(dispatch, CLAIM_WITHIN);
            acknowledgement.accept(AcknowledgeType.ACCEPT);
            LOG.infof("Lease claimed %s adapter=%s", keys, lease.spec().adapter());
            return Optional.of(lease);
        } catch (Declined e) {
            if (e.isForKey()) {
                LOG.errorf("Dispatch released, job-api does not know this worker's key %s", keys);
                acknowledgement.accept(AcknowledgeType.RELEASE);
                presence.unheard();
            } else {
                LOG.infof("Dispatch dropped, it is stale: %s %s", e.getMessage(), keys);
                acknowledgement.accept(AcknowledgeType.ACCEPT);
            }
        } catch (LostConnection e) {
            LOG.warnf("Dispatch released: %s %s", e.getMessage(), keys);
            acknowledgement.accept(AcknowledgeType.RELEASE);
            presence.unheard();
        }
        return Optional.empty();
    }

    /** Tells the broker; where that fails the record comes again, and its lease is found to be taken. */
    private static void acknowledge(
            KafkaShareConsumer<String, byte[]> consumer,
            ConsumerRecord<String, byte[]> record,
            AcknowledgeType answer) {
        try {
            consumer.acknowledge(record, answer);
            consumer.commitSync(ACKNOWLEDGE_WITHIN).values().stream()
                    .flatMap(Optional::stream)
                    .forEach(e -> LOG.warnf("A dispatch is not acknowledged and will come again: %s", e.toString()));
        } catch (KafkaException e) {
            LOG.warnf("A dispatch is not acknowledged and will come again: %s", e.toString());
        }
    }

    private void trainOnItsOwnThread(Lease lease) {
        Thread training = new Thread(() -> train(lease), "training");
        training.start();
        try {
            training.join();
        } catch (InterruptedException e) {
            throw new AssertionError("nobody interrupts this thread", e);
        }
    }

    private void train(Lease lease) {
        Attempt attempt = new Attempt(lease, worker);
        inHand.begin(attempt);
        try (LeaseKeeper keeper = new LeaseKeeper(jobs, attempt, lease, clock, patience)) {
            if (!loop.goesOn()) {
                attempt.stop(Stop.SHUTDOWN); // told while the lease was claimed
            }
            if (lease.command() != null) {
                attempt.stop(Stop.of(lease.command()));
            }
            if (run.make(attempt) == Ending.UNFINISHED) {
                giveBack(attempt);
            }
        } finally {
            inHand.end();
        }
    }

    private void giveBack(Attempt attempt) {
        try {
            jobs.giveBack(attempt, GIVE_BACK_WITHIN);
            LOG.infof("Lease given back %s", attempt);
        } catch (LostConnection | Declined e) {
            LOG.warnf("The lease is not given back and will run out: %s %s", e.getMessage(), attempt);
        }
    }
}

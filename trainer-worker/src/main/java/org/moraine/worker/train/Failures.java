package org.moraine.worker.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Set;
import org.jboss.logging.Logger;
import org.moraine.contracts.JobEvent;
import org.moraine.contracts.Problem;
import org.moraine.contracts.Refused;
import org.moraine.engine.EngineException;
import org.moraine.worker.Declined;
import org.moraine.worker.LostConnection;

/** What an attempt's exceptions mean for its job: the reason in words, and whether another attempt could do better. */
final class Failures {

    private static final Logger LOG = Logger.getLogger(Failures.class);

    /** What may be otherwise on another worker. */
    private static final Set<String> HERE_ALONE = Set.of("model_not_found", "content_altered");

    private Failures() {}

    static JobEvent.Failed of(Throwable failure) {
        if (failure instanceof Refused refused) {
            // job-api saw the base model when it took the job: that it is absent or altered here may pass
            boolean again = HERE_ALONE.contains(refused.problem().code());
            return new JobEvent.Failed(refused.problem(), again);
        }
        if (failure instanceof EngineException) {
            boolean again =
                    failure.getCause() instanceof IOException; // this machine's disk; numbers stay what they are
            return failed("training_failed", String.valueOf(failure.getMessage()), again);
        }
        if (failure instanceof LostConnection) {
            return failed("connection_lost", String.valueOf(failure.getMessage()), true);
        }
        if (failure instanceof Declined declined) {
            boolean again = declined.status() != 400 && declined.status() != 422; // the same would be sent again
            return failed("declined", String.valueOf(failure.getMessage()), again);
        }
        if (failure instanceof IOException || failure instanceof UncheckedIOException) {
            return failed("disk", "The worker's disk failed: " + failure.getMessage(), true);
        }
        LOG.error("An attempt failed for a reason that nobody thought of", failure);
        return failed(
                "worker_failed", "The worker failed: " + failure.getClass().getSimpleName(), true);
    }

    /** job-api was away for so long that nobody can say whose the lease is. */
    static JobEvent.Failed jobApiAway() {
        return failed("connection_lost", "job-api could not be reached to renew the lease", true);
    }

    private static JobEvent.Failed failed(String code, String message, boolean again) {
        return new JobEvent.Failed(new Problem(Problem.Category.CONFLICT, code, message, null), again);
    }
}

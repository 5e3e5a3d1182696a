package org.moraine.jobs.estimate;

import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.util.concurrent.Semaphore;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TeamName;
import org.moraine.jobs.Job;
import org.moraine.jobs.dispatch.Waits;
import org.moraine.jobs.submit.Submissions;
import org.moraine.jobs.validate.DataCheck;
import org.moraine.jobs.validate.DataLook;
import org.moraine.jobs.validate.Effort;

/** Tries create requests. A try reads the whole files, so that only so many are under way at once. */
@Singleton
class Estimates {

    private static final int AT_ONCE = 2;

    private final Submissions submissions;
    private final DataCheck data;
    private final Waits waits;
    private final Semaphore places = new Semaphore(AT_ONCE);

    Estimates(Submissions submissions, DataCheck data, Waits waits) {
        this.submissions = submissions;
        this.data = data;
        this.waits = waits;
    }

    /**
     * What would come of a create request.
     *
     * @throws Refused as the request would be, and code {@code too_many_estimates} while others are under way
     */
    EstimateObject of(TeamName team, ObjectNode body) throws IOException {
        Job job = submissions.tried(team, body);
        if (!places.tryAcquire()) {
            throw Refused.limit("too_many_estimates", AT_ONCE + " estimates are under way; try again when one is done");
        }
        DataLook look;
        try {
            look = data.look(job);
        } finally {
            places.release();
        }
        Effort effort = look.effort();
        return effort == null
                ? EstimateObject.invalid(job, look)
                : EstimateObject.of(job, look, effort, waits.ahead(team, effort.needs()));
    }
}

package org.moraine.jobs;

import jakarta.inject.Inject;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Tests of what becomes of one queued job: a team that has it, a worker that may take it. */
public abstract class WithQueuedJob {

    @Inject
    protected Stage stage;

    protected Client team;
    protected PlayedWorker worker;
    protected String job;

    @BeforeEach
    void begin() {
        stage.clear();
        team = stage.team("acme");
        worker = stage.worker("a");
        job = stage.queuedJob(team);
    }

    @AfterEach
    void end() {
        worker.close();
    }

    /** The job's path, with more behind it. */
    protected String path(String more) {
        return "/v1/fine_tuning/jobs/" + job + more;
    }
}

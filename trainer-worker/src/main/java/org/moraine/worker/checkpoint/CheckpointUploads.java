package org.moraine.worker.checkpoint;

import jakarta.inject.Singleton;
import org.moraine.worker.Attempt;
import org.moraine.worker.JobApi;
import org.moraine.worker.WorkerConfig;
import org.moraine.worker.report.AttemptReport;

/** Begins the uploads of an attempt. */
@Singleton
public class CheckpointUploads {

    private final JobApi jobs;
    private final CheckpointConfig config;
    private final WorkerConfig worker;

    CheckpointUploads(JobApi jobs, CheckpointConfig config, WorkerConfig worker) {
        this.jobs = jobs;
        this.config = config;
        this.worker = worker;
    }

    /** From here on the time to the first checkpoint runs. */
    public CheckpointUpload begin(Attempt attempt, AttemptReport report) {
        return new CheckpointUpload(jobs, attempt, report, config.every(), worker.patience());
    }
}

package org.moraine.jobs.validate;

import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Problem;
import org.moraine.jobs.Job;

/**
 * What the look through a job's files found, as its readers are told.
 *
 * @param valid whether all of them can be used
 * @param message why the job failed, null where it did not
 * @param validationFile null where the job has none
 */
record ValidationReport(
        String object,
        String job,
        boolean valid,
        @Nullable String message,
        FileLook trainingFile,
        @Nullable FileLook validationFile) {

    static ValidationReport of(Job job, DataLook look) {
        Problem problem = look.problem();
        return new ValidationReport(
                "fine_tuning.job.validation",
                job.id().value(),
                problem == null,
                problem == null ? null : problem.message(),
                look.training(),
                look.validation());
    }
}

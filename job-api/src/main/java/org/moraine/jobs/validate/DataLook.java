package org.moraine.jobs.validate;

import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Problem;

/**
 * What the look through the files of one job found.
 *
 * @param problem why it cannot be trained with them, null where it can
 * @param validation null where there is no such file
 * @param effort what the training takes, null where there is a problem
 */
public record DataLook(
        @Nullable Problem problem,
        FileLook training,
        @Nullable FileLook validation,
        @Nullable Effort effort) {}

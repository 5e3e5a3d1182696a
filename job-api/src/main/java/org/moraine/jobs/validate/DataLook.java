package org.moraine.jobs.validate;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Problem;

/**
 * What the look through the files of one job found.
 *
 * @param problem why it cannot be trained with them, empty where it can
 * @param validation null where there is no such file
 */
public record DataLook(
        Optional<Problem> problem,
        FileLook training,
        @Nullable FileLook validation) {}

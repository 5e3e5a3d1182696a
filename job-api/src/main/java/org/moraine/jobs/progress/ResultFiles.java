package org.moraine.jobs.progress;

import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.inject.Singleton;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Enumeration;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.moraine.blobs.Blob;
import org.moraine.jobs.JobChange;
import org.moraine.jobs.files.Purpose;
import org.moraine.jobs.files.StoredFiles;

/**
 * Makes the file in which OpenAI's clients look for a job's numbers: CSV, a line for each step, nothing between the
 * commas where something was not measured.
 */
@Singleton
class ResultFiles {

    private static final String NAME = "step_metrics.csv";
    private static final String COLUMNS = "step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy";

    /** What stands under the columns in a step's numbers. */
    private static final List<String> KEYS =
            List.of("step", "train_loss", "train_mean_token_accuracy", "valid_loss", "valid_mean_token_accuracy");

    private final Metrics metrics;
    private final StoredFiles files;

    ResultFiles(Metrics metrics, StoredFiles files) {
        this.metrics = metrics;
        this.files = files;
    }

    /**
     * Makes the file in the transaction that ends the job, and gives its id; throws {@link UncheckedIOException} where
     * the object store does not take it.
     */
    String make(JobChange change) {
        try (Stream<ObjectNode> steps =
                metrics.steps(change.handle(), change.job().id())) {
            Blob blob = files.store(text(Stream.concat(Stream.of(COLUMNS), steps.map(ResultFiles::line))));
            return files.add(change.handle(), change.job().team(), NAME, Purpose.FINE_TUNE_RESULTS, blob, null)
                    .id();
        } catch (IOException e) {
            throw new UncheckedIOException("The result file cannot be stored", e);
        }
    }

    private static String line(ObjectNode step) {
        return KEYS.stream().map(key -> step.path(key).asText()).collect(Collectors.joining(","));
    }

    private static InputStream text(Stream<String> lines) {
        Iterator<String> each = lines.iterator();
        return new SequenceInputStream(new Enumeration<>() {
            @Override
            public boolean hasMoreElements() {
                return each.hasNext();
            }

            @Override
            public InputStream nextElement() {
                return new ByteArrayInputStream((each.next() + "\n").getBytes(StandardCharsets.UTF_8));
            }
        });
    }
}

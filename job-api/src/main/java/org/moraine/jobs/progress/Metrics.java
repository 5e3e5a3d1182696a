package org.moraine.jobs.progress;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.moraine.contracts.JobId;

/**
 * The numbers of a job's steps, as its events told them. What was told twice of one step, or is to be made again by a
 * later attempt, counts as it was told last.
 */
@Singleton
class Metrics {

    private static final int AT_ONCE = 1000;

    /** Every number of every step but those that say where the job is: the step, how many there are, time left. */
    private static final String NUMBERS = """
            SELECT DISTINCT ON (key, step) key, (data ->> 'step')::integer AS step, value
            FROM job_events, jsonb_each(data)
            WHERE job = :job AND NOT superseded AND data ->> 'step' IS NOT NULL AND jsonb_typeof(value) = 'number'
              AND key NOT IN ('step', 'total_steps', 'seconds_left')
            ORDER BY key, step, number DESC""";

    private final Jdbi jdbi;
    private final ObjectMapper json;

    Metrics(Jdbi jdbi, ObjectMapper json) {
        this.jdbi = jdbi;
        this.json = json;
    }

    /** One kind of number, step by step: {@code values[i]} is that of {@code steps[i]}. */
    record Series(String name, List<Integer> steps, List<Double> values) {}

    /**
     * All series of a job by name.
     *
     * @param afterStep only what comes after this step
     * @param points the most points of one series; of a longer one every second, third and so on is given, and the last
     */
    List<Series> series(JobId job, int afterStep, int points) {
        record Point(String key, int step, double value) {}
        Map<String, Series> series = new LinkedHashMap<>();
        jdbi.useTransaction(handle -> handle.createQuery("""
                        SELECT key, step, value FROM (
                            SELECT key, step, value::text::double precision AS value,
                                row_number() OVER (PARTITION BY key ORDER BY step) AS place,
                                count(*) OVER (PARTITION BY key) AS length
                            FROM (%s) AS numbers WHERE step > :after) AS placed
                        WHERE place = length OR (place - 1) %% ceil(length::numeric / :points) = 0
                        ORDER BY key, step""".formatted(NUMBERS))
                .bind("job", job.value())
                .bind("after", afterStep)
                .bind("points", points)
                .map((row, context) -> new Point(row.getString("key"), row.getInt("step"), row.getDouble("value")))
                .forEach(point -> {
                    Series one = series.computeIfAbsent(
                            point.key, name -> new Series(name, new ArrayList<>(), new ArrayList<>()));
                    one.steps.add(point.step);
                    one.values.add(point.value);
                }));
        return List.copyOf(series.values());
    }

    /** The numbers of each step together, in the steps' order, read a few at a time in the caller's transaction. */
    Stream<ObjectNode> steps(Handle handle, JobId job) {
        return handle
                .createQuery("""
                        SELECT jsonb_object_agg(key, value) || jsonb_build_object('step', step) AS data
                        FROM (%s) AS numbers GROUP BY step ORDER BY step""".formatted(NUMBERS))
                .bind("job", job.value())
                .setFetchSize(AT_ONCE)
                .map((row, context) -> read(row.getString("data")))
                .stream();
    }

    private ObjectNode read(String data) {
        try {
            return json.readValue(data, ObjectNode.class);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("The table job_events holds what cannot be read", e);
        }
    }
}

package org.moraine.jobs.outbox;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.moraine.contracts.Dispatch;
import org.moraine.contracts.JobCommand;

/**
 * The table of what is to be sent to Kafka. Rows of one job are written under that job's lock, so their numbers grow in
 * the order of their commits.
 */
@Singleton
public class Outbox {

    private static final String ADD = "INSERT INTO outbox (topic, key, payload) VALUES (?, ?, ?)";

    private final ObjectMapper json;

    Outbox(ObjectMapper json) {
        this.json = json;
    }

    /** One row. */
    record Row(long number, String topic, String key, String payload) {}

    /** Dispatches, each to workers of one kind, by its word. */
    public void put(Handle handle, List<Dispatch> dispatches, Function<Dispatch, String> kind) {
        if (dispatches.isEmpty()) {
            return;
        }
        PreparedBatch batch = handle.prepareBatch(ADD);
        dispatches.forEach(dispatch ->
                batch.add(Dispatch.topic(kind.apply(dispatch)), dispatch.job().value(), write(dispatch)));
        batch.execute();
    }

    public void put(Handle handle, JobCommand command) {
        handle.execute(ADD, JobCommand.TOPIC, command.job().value(), write(command));
    }

    private String write(Object payload) {
        try {
            return json.writeValueAsString(payload);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("It cannot be written as JSON: " + payload, e);
        }
    }

    /** The oldest rows, if no other relay is at work; the transaction keeps others out until it ends. */
    static List<Row> oldest(Handle handle, int limit) {
        boolean alone = handle.select("SELECT pg_try_advisory_xact_lock(hashtextextended('moraine outbox relay', 0))")
                .mapTo(Boolean.class)
                .one();
        if (!alone) {
            return List.of();
        }
        return handle.select("SELECT number, topic, key, payload FROM outbox ORDER BY number LIMIT ?", limit)
                .map((row, context) -> new Row(
                        row.getLong("number"), row.getString("topic"), row.getString("key"), row.getString("payload")))
                .list();
    }

    static void remove(Handle handle, List<Row> sent) {
        handle.createUpdate("DELETE FROM outbox WHERE number = ANY (:numbers)")
                .bindArray("numbers", Long.class, sent.stream().map(Row::number).toList())
                .execute();
    }
}

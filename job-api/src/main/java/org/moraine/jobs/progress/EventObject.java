package org.moraine.jobs.progress;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;
import org.moraine.jobs.JobEvents;

/** An event as OpenAI's clients see it. */
record EventObject(
        String object,
        String id,
        long createdAt,
        String level,
        String message,
        String type,
        @Nullable JsonNode data) {

    static EventObject of(JobEvents.Entry entry) {
        return new EventObject(
                "fine_tuning.job.event",
                entry.id(),
                entry.at().getEpochSecond(),
                entry.level(),
                entry.message(),
                entry.data() == null ? "message" : "metrics",
                entry.data());
    }
}

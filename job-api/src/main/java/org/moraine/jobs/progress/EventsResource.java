package org.moraine.jobs.progress;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.smallrye.common.annotation.Blocking;
import io.smallrye.mutiny.Multi;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;
import org.jspecify.annotations.Nullable;
import org.moraine.access.CurrentCaller;
import org.moraine.contracts.JobId;
import org.moraine.contracts.Refused;
import org.moraine.jobs.JobEvents;
import org.moraine.jobs.Jobs;
import org.moraine.jobs.openai.JobObject;
import org.moraine.jobs.openai.Page;

/**
 * {@code /v1/fine_tuning/jobs/{id}/events}: a page of them, newest first; or with {@code ?stream=true} all of them,
 * oldest first, as server-sent events that go on until the job has ended. A reader that was cut off sends the last id
 * it saw as {@code Last-Event-ID} and misses nothing.
 */
@Path("/v1/fine_tuning/jobs/{id}/events")
class EventsResource {

    private static final int PAGE = 20;
    private static final int MOST = 1000;
    private static final String LIVE = "live";
    private static final Pattern EVENTS = Pattern.compile("/v1/fine_tuning/jobs/[^/]+/events");

    private final Jobs jobs;
    private final JobEvents events;
    private final EventStream stream;
    private final CurrentCaller caller;
    private final ObjectMapper json;

    EventsResource(Jobs jobs, JobEvents events, EventStream stream, CurrentCaller caller, ObjectMapper json) {
        this.jobs = jobs;
        this.events = events;
        this.stream = stream;
        this.caller = caller;
        this.json = json;
    }

    @GET
    @Produces(MediaType.APPLICATION_JSON)
    public Page<EventObject> list(
            @PathParam("id") String id,
            @QueryParam("after") @Nullable String after,
            @QueryParam("limit") @Nullable String limit) {
        JobId job = job(id);
        int size = Page.limit(limit, PAGE, MOST);
        long before = after == null ? Long.MAX_VALUE : number(job, "after", after);
        return Page.of(
                events.backwards(job, before, size + 1).stream()
                        .map(EventObject::of)
                        .toList(),
                size);
    }

    @GET
    @Path(LIVE)
    @Produces(MediaType.SERVER_SENT_EVENTS)
    @Blocking
    public Multi<OutboundSseEvent> live(
            @PathParam("id") String id,
            @HeaderParam("Last-Event-ID") @Nullable String seen,
            @QueryParam("after") @Nullable String after,
            @Context Sse sse) {
        JobId job = job(id);
        String from = seen == null ? after : seen;
        long number = from == null || from.isEmpty() ? 0 : number(job, "Last-Event-ID", from);
        return stream.of(job, number).onItem().transformToIterable(piece -> sent(sse, piece));
    }

    private List<OutboundSseEvent> sent(Sse sse, EventStream.Piece piece) {
        if (piece.last()) {
            return List.of(sse.newEventBuilder().data("[DONE]").build());
        }
        if (piece.entries().isEmpty()) {
            return List.of(sse.newEventBuilder().comment("still here").build());
        }
        Stream<OutboundSseEvent> found = piece.entries().stream()
                .map(entry -> sse.newEventBuilder()
                        .id(entry.id())
                        .data(write(EventObject.of(entry)))
                        .build());
        return found.toList();
    }

    private JobId job(String id) {
        return jobs.require(caller.team(), JobObject.id(id).orElseThrow(() -> Jobs.absent(id)))
                .id();
    }

    private long number(JobId job, String field, String event) {
        return events.number(job, event).orElseThrow(() -> Refused.invalid(field, "The job has no event " + event));
    }

    private String write(EventObject event) {
        try {
            return json.writeValueAsString(event);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("An event cannot be written", e);
        }
    }

    /**
     * A list and a stream are two methods to JAX-RS: {@code ?stream=true} is sent to the second. OpenAI's clients ask for
     * a stream with {@code Accept: application/json}.
     */
    @Singleton
    static class Choice {

        private final RoutingContext connection;

        Choice(RoutingContext connection) {
            this.connection = connection;
        }

        @ServerRequestFilter(preMatching = true)
        public void choose(ContainerRequestContext request) {
            boolean asked =
                    "true".equals(request.getUriInfo().getQueryParameters().getFirst("stream"));
            if (asked && EVENTS.matcher(request.getUriInfo().getPath()).matches()) {
                connection.request().headers().set(HttpHeaders.ACCEPT, MediaType.SERVER_SENT_EVENTS);
                request.setRequestUri(
                        request.getUriInfo().getRequestUriBuilder().path(LIVE).build());
            }
        }
    }
}

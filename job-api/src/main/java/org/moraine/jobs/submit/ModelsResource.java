package org.moraine.jobs.submit;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.moraine.access.CurrentCaller;
import org.moraine.contracts.Refused;
import org.moraine.jobs.Job;
import org.moraine.jobs.Jobs;
import org.moraine.jobs.openai.Page;

/** {@code /v1/models}: the base models that come with Moraine, and what the team's jobs made. */
@Path("/v1/models")
@Produces(MediaType.APPLICATION_JSON)
class ModelsResource {

    private static final int MOST = 10_000;

    private final ShippedModels shipped;
    private final Jobs jobs;
    private final CurrentCaller caller;

    ModelsResource(ShippedModels shipped, Jobs jobs, CurrentCaller caller) {
        this.shipped = shipped;
        this.jobs = jobs;
        this.caller = caller;
    }

    @GET
    public Page<ModelObject> list() {
        return Page.of(all().toList(), Integer.MAX_VALUE);
    }

    /** An id may hold slashes, written as such or as {@code %2F}. */
    @GET
    @Path("/{id:.+}")
    public ModelObject get(@PathParam("id") String id) {
        return all().filter(model -> model.id().equals(id))
                .findFirst()
                .orElseThrow(() -> Refused.absent("model_not_found", "model", "The model '" + id + "' does not exist"));
    }

    private Stream<ModelObject> all() {
        List<Job> made = jobs.succeeded(caller.team(), MOST);
        return Stream.concat(
                shipped.list().stream().map(model -> ModelObject.of(model.name(), model.changed(), "moraine")),
                made.stream()
                        .map(job -> ModelObject.of(
                                job.fineTunedModel(),
                                job.asked().at(),
                                job.team().value())));
    }

    /** A model as OpenAI's clients see it. */
    record ModelObject(String id, String object, long created, String ownedBy) {

        static ModelObject of(String id, Instant created, String owner) {
            return new ModelObject(id, "model", created.getEpochSecond(), owner);
        }
    }
}

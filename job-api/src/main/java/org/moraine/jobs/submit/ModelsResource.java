package org.moraine.jobs.submit;

import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;
import org.moraine.access.CurrentCaller;
import org.moraine.contracts.Refused;
import org.moraine.jobs.Job;
import org.moraine.jobs.Jobs;
import org.moraine.jobs.checkpoint.Permissions;
import org.moraine.jobs.openai.Deleted;
import org.moraine.jobs.openai.Page;

/**
 * {@code /v1/models}: the base models that come with Moraine, and what the team's jobs made. A checkpoint is in no list;
 * who asks for it by name finds it, where it is their team's or their team may see it.
 */
@Path("/v1/models")
@Produces(MediaType.APPLICATION_JSON)
class ModelsResource {

    private static final int MOST = 10_000;

    private final ShippedModels shipped;
    private final Jobs jobs;
    private final Permissions permissions;
    private final CurrentCaller caller;

    ModelsResource(ShippedModels shipped, Jobs jobs, Permissions permissions, CurrentCaller caller) {
        this.shipped = shipped;
        this.jobs = jobs;
        this.permissions = permissions;
        this.caller = caller;
    }

    @GET
    public Page<ModelObject> list() {
        Stream<ModelObject> made = jobs.models(caller.team(), MOST).stream().map(ModelObject::of);
        return Page.of(Stream.concat(shipped(), made).toList(), Integer.MAX_VALUE);
    }

    /** An id may hold slashes, written as such or as {@code %2F}. */
    @GET
    @Path("/{id:.+}")
    public ModelObject get(@PathParam("id") String id) {
        return shipped()
                .filter(model -> model.id().equals(id))
                .findFirst()
                .or(() -> made(id).map(ModelObject::of))
                .or(() -> permissions
                        .visible(caller.team(), id)
                        .map(model -> ModelObject.of(
                                model.name(), model.at(), model.owner().value())))
                .orElseThrow(() -> absent(id));
    }

    /** The model leaves the list; the version that the registry keeps of it is not touched. */
    @DELETE
    @Path("/{id:.+}")
    public Deleted delete(@PathParam("id") String id) {
        if (shipped().anyMatch(model -> model.id().equals(id))) {
            throw Refused.forbidden("The model '" + id + "' comes with Moraine and cannot be deleted");
        }
        if (!jobs.deleteModel(made(id).orElseThrow(() -> absent(id)).id())) {
            throw absent(id);
        }
        return Deleted.of(id, "model");
    }

    private Stream<ModelObject> shipped() {
        return shipped.list().stream().map(model -> ModelObject.of(model.name(), model.changed(), "moraine"));
    }

    private Optional<Job> made(String id) {
        return jobs.named(id).filter(job -> job.team().equals(caller.team()) && jobs.hasModel(job.id()));
    }

    private static Refused absent(String id) {
        return Refused.absent("model_not_found", "model", "The model '" + id + "' does not exist");
    }

    /** A model as OpenAI's clients see it. */
    record ModelObject(String id, String object, long created, String ownedBy) {

        static ModelObject of(Job job) {
            return of(job.fineTunedModel(), job.asked().at(), job.team().value());
        }

        static ModelObject of(String id, Instant created, String owner) {
            return new ModelObject(id, "model", created.getEpochSecond(), owner);
        }
    }
}

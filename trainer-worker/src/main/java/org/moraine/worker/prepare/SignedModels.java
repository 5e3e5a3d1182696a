package org.moraine.worker.prepare;

import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.moraine.blobs.signature.SignedModel;
import org.moraine.blobs.signature.TrustedKeys;
import org.moraine.contracts.Problem;
import org.moraine.contracts.Refused;
import org.moraine.engine.WholeFile;
import org.moraine.engine.model.ModelFolder;
import org.moraine.worker.Declined;
import org.moraine.worker.Peer;
import org.moraine.worker.WorkerConfig;

/** Holds the base models that came by name against the signatures that the registry has of them, where that is asked. */
@Singleton
public class SignedModels {

    private static final int NOT_FOUND = 404;

    private final Peer registry;
    private final Duration patience;
    private final @Nullable TrustedKeys keys;

    /** Throws, and so keeps the worker from starting, where a trusted key cannot be read. */
    public SignedModels(WorkerConfig worker, HubConfig hub, TrustedConfig trusted, ObjectMapper json)
            throws IOException {
        this.registry = new Peer("the registry", hub.endpoint(), hub.token().orElse(""), json);
        this.patience = worker.patience();
        List<Path> files = BaseModelFiles.paths(trusted.keys());
        this.keys = files.isEmpty() ? null : TrustedKeys.read(files);
    }

    /**
     * Every byte on disk is read, so that what was changed in the cache is found too. Models that are shipped, folders and
     * objects of a bucket are left alone.
     *
     * @throws Refused code {@code not_signed}, {@code signature_untrusted}, {@code signature_unreadable} or
     *     {@code content_altered}
     */
    public void require(ModelFolder model) {
        if (keys == null || model.revision().isEmpty() || model.name().contains(":")) {
            return;
        }
        byte[] bundle = bundle(model.name(), model.revision().get());
        SignedModel.read(bundle, keys)
                .requireOf(model.name())
                .requireSigned(WholeFile.digests(model.folder(), file -> !file.contains("/")));
    }

    private byte[] bundle(String name, String commit) {
        try {
            return registry.persist(
                    patience,
                    () -> registry.once(
                            registry.request("/api/v1/adapters/" + name + "/commits/" + commit + "/signature")));
        } catch (Declined e) {
            if (e.status() != NOT_FOUND) {
                throw e;
            }
            throw new Refused(new Problem(
                    Problem.Category.CONFLICT,
                    "not_signed",
                    name + " at " + commit + " is not signed, and this worker takes only base models that are",
                    "model"));
        }
    }
}

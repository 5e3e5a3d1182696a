package org.moraine.worker.prepare;

import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.moraine.blobs.signature.SignedModel;
import org.moraine.blobs.signature.TrustedKeys;
import org.moraine.contracts.Digest;
import org.moraine.contracts.EarlierAdapter;
import org.moraine.contracts.Problem;
import org.moraine.contracts.Refused;
import org.moraine.engine.WholeFile;
import org.moraine.engine.model.ModelFolder;
import org.moraine.worker.Declined;
import org.moraine.worker.Peer;
import org.moraine.worker.RegistryClient;
import org.moraine.worker.WorkerConfig;

/** Holds the base models that came by name, and earlier adapters, against the signatures that the registry has of them, where that is asked. */
@Singleton
public class SignedModels {

    private static final int NOT_FOUND = 404;

    private final Peer registry;
    private final RegistryClient own;
    private final Duration patience;
    private final @Nullable TrustedKeys keys;

    /** Throws, and so keeps the worker from starting, where a trusted key cannot be read. */
    public SignedModels(
            WorkerConfig worker, HubConfig hub, TrustedConfig trusted, RegistryClient own, ObjectMapper json)
            throws IOException {
        this.own = own;
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

    /**
     * The same of files of a version of Moraine's own registry.
     *
     * @param files their digests by path
     */
    public void require(EarlierAdapter version, SortedMap<String, Digest> files) {
        if (keys == null) {
            return;
        }
        byte[] bundle = signature(version.toString(), "adapters", () -> own.signature(version));
        SignedModel.read(bundle, keys).requireOf(version.adapter().toString()).requireSigned(files);
    }

    private byte[] bundle(String name, String commit) {
        HttpRequest.Builder request =
                registry.request("/api/v1/adapters/" + name + "/commits/" + commit + "/signature");
        return signature(
                name + " at " + commit, "base models", () -> registry.persist(patience, () -> registry.once(request)));
    }

    private static byte[] signature(String what, String kind, Supplier<byte[]> asked) {
        try {
            return asked.get();
        } catch (Declined e) {
            if (e.status() != NOT_FOUND) {
                throw e;
            }
            throw new Refused(new Problem(
                    Problem.Category.CONFLICT,
                    "not_signed",
                    what + " is not signed, and this worker takes only " + kind + " that are",
                    "model"));
        }
    }
}

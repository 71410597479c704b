//! A real ERC-3643 token: Tokeny's T-REX suite and ONCHAINID, compiled here from node_modules by the compiler that they demand.
//! Both are under the GPL and serve as counterparts in tests only.

import { encodeAbiParameters, encodeFunctionData, keccak256, zeroAddress } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";

import { compileOnce, contract, gather } from "../../lib/solc.mjs";

const SUITE = "@tokenysolutions/t-rex/contracts";
const IDENTITY = "@onchain-id/solidity/contracts";
const SOURCES = [
  `${SUITE}/factory/TREXFactory.sol`,
  `${SUITE}/proxy/authority/TREXImplementationAuthority.sol`,
  `${SUITE}/token/Token.sol`,
  `${SUITE}/registry/implementation/ClaimTopicsRegistry.sol`,
  `${SUITE}/registry/implementation/IdentityRegistry.sol`,
  `${SUITE}/registry/implementation/IdentityRegistryStorage.sol`,
  `${SUITE}/registry/implementation/TrustedIssuersRegistry.sol`,
  `${SUITE}/compliance/modular/ModularCompliance.sol`,
  `${SUITE}/compliance/modular/modules/CountryAllowModule.sol`,
  `${IDENTITY}/Identity.sol`,
  `${IDENTITY}/ClaimIssuer.sol`,
  `${IDENTITY}/factory/IdFactory.sol`,
  `${IDENTITY}/proxy/ImplementationAuthority.sol`,
];
const ALIASES = {
  "@openzeppelin/contracts": "openzeppelin-contracts-4",
  "@openzeppelin/contracts-upgradeable": "openzeppelin-contracts-upgradeable-4",
};
const SETTINGS = {
  optimizer: { enabled: true, runs: 200 },
  outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
};

/** The topic of the claim that a person has been identified (KYC), by the numbering of ONCHAINID's examples. */
const TOPIC = 1n;

/** Countries by ISO 3166-1 numeric, as the suite takes them. */
export const COUNTRY = { luxembourg: 442, iran: 364 };

let compiled;

/** A contract of the suite. */
export function artifact(name) {
  compiled ??= compileOnce({ compiler: "solc-trex", sources: gather(SOURCES, ALIASES), settings: SETTINGS }).contracts;
  return contract(compiled, name);
}

/** Deploys the suite, whose owner and agent is the world's deployer. It admits holders identified by its claim issuer. */
export async function deploySuite(world) {
  const suite = new Suite(world);
  await suite.deploy();
  return suite;
}

class Suite {
  #signer = privateKeyToAccount(generatePrivateKey());
  #tokens = 0;

  constructor(world) {
    this.world = world;
  }

  make(name, args = []) {
    return this.world.deploy(artifact(name), args);
  }

  at(name, address) {
    return { abi: artifact(name).abi, address };
  }

  async deploy() {
    const { world } = this;
    const identity = await this.make("Identity", [world.deployer, true]);
    const authority = await this.make("ImplementationAuthority", [identity.address]);
    this.identities = await this.make("IdFactory", [authority.address]);
    const factory = await this.make("TREXFactory", [await this.implementations(), this.identities.address]);
    this.factory = factory;
    await world.send(this.identities, "addTokenFactory", [factory.address]);
    this.issuer = await this.make("ClaimIssuer", [world.deployer]);
    await world.send(this.issuer, "addKey", [keyOf(this.#signer.address), 3n, 1n]);
    this.countries = await this.make("CountryAllowModule");
    await world.send(this.countries, "initialize");
  }

  async implementations() {
    const names = {
      tokenImplementation: "Token",
      ctrImplementation: "ClaimTopicsRegistry",
      irImplementation: "IdentityRegistry",
      irsImplementation: "IdentityRegistryStorage",
      tirImplementation: "TrustedIssuersRegistry",
      mcImplementation: "ModularCompliance",
    };
    const contracts = {};
    for (const [role, name] of Object.entries(names)) contracts[role] = (await this.make(name)).address;
    const authority = await this.make("TREXImplementationAuthority", [true, zeroAddress, zeroAddress]);
    await this.world.send(authority, "addAndUseTREXVersion", [{ major: 4, minor: 1, patch: 6 }, contracts]);
    return authority.address;
  }

  /** A token of its own, open to holders in Luxembourg. */
  async token() {
    const { world } = this;
    this.#tokens += 1;
    const agent = [world.deployer];
    const name = `Fund ${this.#tokens}`;
    const details = {
      owner: world.deployer,
      name,
      symbol: "FUND",
      decimals: 0,
      irs: zeroAddress,
      ONCHAINID: zeroAddress,
      irAgents: agent,
      tokenAgents: agent,
      complianceModules: [this.countries.address],
      complianceSettings: [this.countryCall("batchAllowCountries", [[COUNTRY.luxembourg]])],
    };
    const claims = { claimTopics: [TOPIC], issuers: [this.issuer.address], issuerClaims: [[TOPIC]] };
    await world.send(this.factory, "deployTREXSuite", [name, details, claims]);
    const token = this.at("Token", await world.read(this.factory, "getToken", [name]));
    await world.send(token, "unpause");
    const registry = this.at("IdentityRegistry", await world.read(token, "identityRegistry"));
    const compliance = this.at("ModularCompliance", await world.read(token, "compliance"));
    return { ...token, registry, compliance };
  }

  countryCall(functionName, args) {
    return encodeFunctionData({ abi: artifact("CountryAllowModule").abi, functionName, args });
  }

  /** The identity of a wallet, with a claim of who it is; made once. */
  async identify(wallet) {
    const { world } = this;
    const known = await world.read(this.identities, "getIdentity", [wallet]);
    if (known !== zeroAddress) return this.at("Identity", known);
    await world.send(this.identities, "createIdentity", [wallet, wallet]);
    const identity = this.at("Identity", await world.read(this.identities, "getIdentity", [wallet]));
    const data = "0x00";
    const types = [{ type: "address" }, { type: "uint256" }, { type: "bytes" }];
    const hash = keccak256(encodeAbiParameters(types, [identity.address, TOPIC, data]));
    const signature = await this.#signer.signMessage({ message: { raw: hash } });
    const claim = [TOPIC, 1n, this.issuer.address, signature, data, ""];
    await world.send(identity, "addClaim", claim, { from: wallet });
    return { ...identity, signature };
  }

  /** Lets a wallet hold this token. Returns its identity. */
  async clear(token, wallet, country = COUNTRY.luxembourg) {
    const identity = await this.identify(wallet);
    await this.world.send(token.registry, "registerIdentity", [wallet, identity.address, country]);
    return identity;
  }

  /** Lets a contract hold this token: under the identity of whoever answers for it. */
  async clearContract(token, address, owner) {
    const identity = await this.identify(owner);
    await this.world.send(token.registry, "registerIdentity", [address, identity.address, COUNTRY.luxembourg]);
  }
}

/** The key of an account in ERC-734. */
export function keyOf(account) {
  return keccak256(encodeAbiParameters([{ type: "address" }], [account]));
}

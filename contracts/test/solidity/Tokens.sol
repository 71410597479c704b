// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// A token as the standard has it.
contract Token is ERC20 {
    constructor() ERC20("Token", "TKN") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

/// A token whose issuer freezes accounts, as those of regulated money do.
contract FreezableToken is Token {
    error Frozen(address account);

    mapping(address account => bool) public frozen;

    function freeze(address account, bool value) external {
        frozen[account] = value;
    }

    function _update(address from, address to, uint256 value) internal override {
        require(!frozen[from], Frozen(from));
        require(!frozen[to], Frozen(to));
        super._update(from, to, value);
    }
}

/// A token that keeps a part of each transfer, from when its owner says so.
contract FeeToken is Token {
    uint256 public feeInBasisPoints;

    function charge(uint256 basisPoints) external {
        feeInBasisPoints = basisPoints;
    }

    function _update(address from, address to, uint256 value) internal virtual override {
        uint256 fee = from == address(0) || to == address(0) ? 0 : (value * feeInBasisPoints) / 10_000;
        super._update(from, to, value - fee);
        if (fee != 0) {
            super._update(from, address(0), fee);
        }
    }
}

/// A token of which everything may go wrong: accounts are frozen, a fee is taken, balances are taken away.
contract FickleToken is FeeToken {
    error Frozen(address account);

    mapping(address account => bool) public frozen;

    function freeze(address account, bool value) external {
        frozen[account] = value;
    }

    function confiscate(address from, uint256 amount) external {
        _burn(from, amount);
    }

    function _update(address from, address to, uint256 value) internal override {
        require(to == address(0) || !frozen[from], Frozen(from));
        require(!frozen[to], Frozen(to));
        super._update(from, to, value);
    }
}

/// A token that answers `false` instead of reverting, like some of the first ones.
contract FalseToken is Token {
    bool public broken;

    function breakDown(bool value) external {
        broken = value;
    }

    function transfer(address to, uint256 value) public override returns (bool) {
        return !broken && super.transfer(to, value);
    }

    function transferFrom(address from, address to, uint256 value) public override returns (bool) {
        return !broken && super.transferFrom(from, to, value);
    }
}

/// A token that answers nothing at all, like USDT.
contract SilentToken {
    mapping(address account => uint256) public balanceOf;
    mapping(address owner => mapping(address spender => uint256)) public allowance;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function approve(address spender, uint256 amount) external {
        allowance[msg.sender][spender] = amount;
    }

    function transfer(address to, uint256 amount) external {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
    }

    function transferFrom(address from, address to, uint256 amount) external {
        allowance[from][msg.sender] -= amount;
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}

/// A token whose balances grow and shrink by themselves.
contract RebasingToken {
    mapping(address account => uint256) private _shares;
    mapping(address owner => mapping(address spender => uint256)) public allowance;
    uint256 public unitsPerThousandShares = 1000;

    function mint(address to, uint256 amount) external {
        _shares[to] += _sharesOf(amount);
    }

    function rebase(uint256 unitsPerThousand) external {
        unitsPerThousandShares = unitsPerThousand;
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        return true;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        _move(msg.sender, to, amount);
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        allowance[from][msg.sender] -= amount;
        _move(from, to, amount);
        return true;
    }

    function balanceOf(address account) external view returns (uint256) {
        return (_shares[account] * unitsPerThousandShares) / 1000;
    }

    function _move(address from, address to, uint256 amount) private {
        uint256 shares = _sharesOf(amount);
        _shares[from] -= shares;
        _shares[to] += shares;
    }

    function _sharesOf(uint256 amount) private view returns (uint256) {
        return (amount * 1000) / unitsPerThousandShares;
    }
}

/// A token that calls somebody in the middle of each transfer, once.
contract ReentrantToken is Token {
    address private _target;
    bytes private _call;
    bytes public outcome;

    function attack(address target, bytes calldata call) external {
        (_target, _call) = (target, call);
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        address target = _target;
        if (target != address(0)) {
            _target = address(0);
            (, outcome) = target.call(_call);
        }
    }
}

/// A second address for the balances of another token, as some tokens that were replaced have.
contract SecondEntrance {
    TokenWithTwoEntrances public immutable TOKEN;

    constructor(TokenWithTwoEntrances token) {
        TOKEN = token;
    }

    function balanceOf(address account) external view returns (uint256) {
        return TOKEN.balanceOf(account);
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        TOKEN.moveFor(msg.sender, to, amount);
        return true;
    }
}

/// A token that has one.
contract TokenWithTwoEntrances is Token {
    SecondEntrance public immutable SECOND = new SecondEntrance(this);

    function moveFor(address from, address to, uint256 amount) external {
        require(msg.sender == address(SECOND), "only by the second entrance");
        _transfer(from, to, amount);
    }
}
